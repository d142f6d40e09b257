#include "description.h"
#include "lines.h"

namespace diecast::disk {

FlashParameters parseFlash(std::string_view lines) {
    FlashParameters flash;
    while (!lines.empty()) {
        std::string_view line = cutAt(lines, '\n');
        if (line.empty()) continue;
        const std::string_view word = nextWord(line);
        if (word == "capacity") {
            flash.capacityBlocks = nextNumber<std::int64_t>(line);
            flash.overProvisioning = nextNumber<double>(line);
        } else if (word == "layout") {
            flash.channels = nextNumber<std::int32_t>(line);
            flash.diesPerChannel = nextNumber<std::int32_t>(line);
            flash.planesPerDie = nextNumber<std::int32_t>(line);
            flash.pageBytes = nextNumber<std::int64_t>(line);
            flash.pagesPerBlock = nextNumber<std::int32_t>(line);
        } else if (word == "program") {
            flash.programNs = nextNumber<TimeNs>(line);
            flash.eraseNs = nextNumber<TimeNs>(line);
            flash.suspendNs = nextNumber<TimeNs>(line);
        } else if (word == "read") {
            while (!line.empty()) flash.readNs.push_back(nextNumber<TimeNs>(line));
        } else if (word == "wires") {
            flash.channelBytesPerSecond = nextNumber<std::int64_t>(line);
            flash.linkBytesPerSecond = nextNumber<std::int64_t>(line);
        } else if (word == "controller") {
            flash.commandNs = nextNumber<TimeNs>(line);
            flash.readLatencyNs = nextNumber<TimeNs>(line);
            flash.writeLatencyNs = nextNumber<TimeNs>(line);
        } else if (word == "buffer") {
            flash.writeBufferBytes = nextNumber<std::int64_t>(line);
            flash.powerLossProtection = nextFlag(line);
        } else if (word == "collection") {
            flash.collectBelowFree = nextNumber<double>(line);
        } else if (word == "queue") {
            flash.queueDepth = nextNumber<unsigned>(line);
        } else {
            throw std::invalid_argument("description: unknown word \"" + std::string(word) + "\"");
        }
    }
    if (flash.capacityBlocks < 1 || flash.channels < 1 || flash.diesPerChannel < 1 || flash.planesPerDie < 1 ||
        flash.pageBytes < 4096 || flash.pagesPerBlock < 1 || flash.readNs.empty() || flash.channelBytesPerSecond < 1 ||
        flash.linkBytesPerSecond < 1 || flash.writeBufferBytes < flash.planesPerDie * flash.pageBytes) {
        throw std::invalid_argument("description: the flash drive lacks a capacity, a layout, wires or a buffer");
    }
    return flash;
}

SimpleParameters parseSimple(std::string_view lines) {
    SimpleParameters simple;
    while (!lines.empty()) {
        std::string_view line = cutAt(lines, '\n');
        if (line.empty()) continue;
        const std::string_view word = nextWord(line);
        if (word == "capacity")
            simple.capacityBlocks = nextNumber<std::int64_t>(line);
        else if (word == "latency")
            simple.latencyNs = nextNumber<TimeNs>(line);
        else if (word == "bandwidth")
            simple.bytesPerSecond = nextNumber<std::int64_t>(line);
        else if (word == "queue")
            simple.queueDepth = nextNumber<unsigned>(line);
        else
            throw std::invalid_argument("description: unknown word \"" + std::string(word) + "\"");
    }
    return simple;
}

}  // namespace diecast::disk
