#include "statistics.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <functional>
#include <iterator>

#include "clock/rules.h"

namespace diecast::launch {

namespace {

using Row = std::pair<std::string, std::string>;

std::string seconds(std::int64_t ns) {
    char text[40];
    std::snprintf(text, sizeof text, "%" PRId64 ".%06" PRId64 " s", ns / 1'000'000'000, ns % 1'000'000'000 / 1'000);
    return text;
}

}  // namespace

std::vector<std::pair<std::string, std::uint64_t>> trapsOf(const dc_stats_page& page) {
    std::vector<std::pair<std::string, std::uint64_t>> traps;
    for (int nr = 0; nr < static_cast<int>(std::size(page.traps)); nr++) {
        const char* name = clock::syscallName(nr);
        if (page.traps[nr] != 0) traps.emplace_back(name != nullptr ? name : "?", page.traps[nr]);
    }
    std::ranges::stable_sort(traps, std::ranges::greater(), &std::pair<std::string, std::uint64_t>::second);
    return traps;
}

std::string tableOf(const Statistics& statistics) {
    std::vector<Row> rows{{"real time", seconds(statistics.realNs)},
                          {"virtual time", seconds(statistics.virtualNs)},
                          {"processes", std::to_string(statistics.processes)},
                          {"execs", std::to_string(statistics.execs)}};
    std::uint64_t sum = 0;
    for (const auto& [name, count] : statistics.traps) sum += count;
    rows.emplace_back("trapped calls", std::to_string(sum));
    for (const auto& [name, count] : statistics.traps) rows.emplace_back("  " + name, std::to_string(count));
    // Numbers line up at their last digit; a unit stands behind.
    const auto digits = [](const std::string& value) { return std::min(value.find(' '), value.size()); };
    std::size_t nameWidth = 0;
    std::size_t valueWidth = 0;
    for (const auto& [name, value] : rows) {
        nameWidth = std::max(nameWidth, name.size());
        valueWidth = std::max(valueWidth, digits(value));
    }
    std::string table;
    for (const auto& [name, value] : rows) {
        table += "diecast: " + name + std::string(nameWidth - name.size() + 2 + valueWidth - digits(value), ' ') +
                 value + "\n";
    }
    return table;
}

std::string jsonOf(const Statistics& statistics) {
    std::string traps;
    for (const auto& [name, count] : statistics.traps) {
        traps += (traps.empty() ? "\"" : ",\"") + name + "\":" + std::to_string(count);
    }
    return "{\"realNs\":" + std::to_string(statistics.realNs) +
           ",\"virtualNs\":" + std::to_string(statistics.virtualNs) +
           ",\"processes\":" + std::to_string(statistics.processes) + ",\"execs\":" + std::to_string(statistics.execs) +
           ",\"traps\":{" + traps + "}}";
}

}  // namespace diecast::launch
