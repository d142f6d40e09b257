#include "buffered.h"
#include "description.h"
#include "flash.h"
#include "lines.h"
#include "mechanical.h"

namespace diecast::disk {

std::unique_ptr<Model> makeModel(std::string_view description, std::optional<Scheduler> scheduler) {
    std::string_view first = cutAt(description, '\n');
    if (nextWord(first) != "model") throw std::invalid_argument("description: it begins with a line `model`");
    const std::string_view kind = nextWord(first);
    if (kind == "mechanical") {
        DriveParameters parameters = parseDrive(description);
        if (scheduler) parameters.scheduler = *scheduler;
        return parameters.writeBuffer ? makeBuffered(parameters) : makeMechanical(parameters);
    }
    if (kind == "flash") return makeFlash(parseFlash(description));
    if (kind == "simple") return makeSimple(parseSimple(description));
    throw std::invalid_argument("description: unknown kind of model \"" + std::string(kind) + "\"");
}

}  // namespace diecast::disk
