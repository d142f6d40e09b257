// What this room has of the room pace, under its own name.
#pragma once

#include "pace/clock_reader.h"
#include "pace/deadlines.h"
#include "pace/histogram.h"
#include "pace/priority.h"
#include "pace/setup_error.h"
#include "pace/time.h"
#include "pace/waiter.h"
#include "pace/words.h"

namespace diecast::net {

using pace::ClockReader;
using pace::cut;
using pace::Deadlines;
using pace::Duration;
using pace::LatenessCounters;
using pace::parseId;
using pace::parseIndex;
using pace::parseNumber;
using pace::Precedence;
using pace::processorTime;
using pace::ProtocolError;
using pace::raiseFileLimit;
using pace::RealTime;
using pace::record;
using pace::reject;
using pace::SetupError;
using pace::VirtualTime;
using pace::Waiter;

}  // namespace diecast::net
