#include <map>

#include "names.h"
#include "protocol.h"

namespace diecast::net {

namespace {

// 146 years: two of them still add up.
constexpr std::int64_t mostNs = INT64_MAX / 2;
constexpr double mostNumber = 1e18;

double probability(std::string_view text) {
    return parseNumber<double>(text, "a probability", 0, 1);
}

Duration duration(std::string_view text) {
    return Duration(parseNumber<std::int64_t>(text, "nanoseconds", 0, mostNs));
}

bool flag(std::string_view text) {
    return parseNumber<int>(text, "0 or 1", 0, 1) == 1;
}

std::uint64_t size(std::string_view text) {
    return parseNumber<std::uint64_t>(text, "a size", 0, QueueLimits::none - 1);
}

JitterDistribution distribution(std::string_view text) {
    if (text == "uniform") return JitterDistribution::Uniform;
    if (text == "normal") return JitterDistribution::Normal;
    if (text == "pareto") return JitterDistribution::Pareto;
    if (text == "exponential") return JitterDistribution::Exponential;
    reject(text, "the name of a distribution");
}

Loss loss(std::string_view text) {
    Loss result;
    for (double* one : {&result.toBad, &result.toGood, &result.inGood, &result.inBad})
        *one = probability(cut(text, ','));
    if (!text.empty()) reject(text, "four probabilities");
    return result;
}

Red red(std::string_view text) {
    Red result;
    result.least = parseNumber<double>(cut(text, ','), "a threshold", 0, mostNumber);
    result.most = parseNumber<double>(cut(text, ','), "a threshold", 0, mostNumber);
    result.probability = probability(cut(text, ','));
    result.weight = probability(cut(text, ','));
    if (!text.empty() || result.most <= result.least) reject(text, "LEAST,MOST,PROBABILITY,WEIGHT, LEAST below MOST");
    return result;
}

using Setter = void (*)(Parameters&, std::string_view);

const std::map<std::string_view, Setter> setters = {
    {"bandwidth",
     [](Parameters& p, std::string_view t) { p.bandwidthBps = parseNumber<double>(t, "bits per second", 1e-3, 1e15); }},
    {"latency", [](Parameters& p, std::string_view t) { p.latency = duration(t); }},
    {"jitter", [](Parameters& p, std::string_view t) { p.jitter = duration(t); }},
    {"distribution", [](Parameters& p, std::string_view t) { p.jitterDistribution = distribution(t); }},
    {"overtake", [](Parameters& p, std::string_view t) { p.jitterReorders = flag(t); }},
    {"loss", [](Parameters& p, std::string_view t) { p.loss = loss(t); }},
    {"duplicate", [](Parameters& p, std::string_view t) { p.duplicate = probability(t); }},
    {"corrupt", [](Parameters& p, std::string_view t) { p.corrupt = probability(t); }},
    {"reorder", [](Parameters& p, std::string_view t) { p.reorder = probability(t); }},
    {"packets", [](Parameters& p, std::string_view t) { p.queue.packets = size(t); }},
    {"bytes", [](Parameters& p, std::string_view t) { p.queue.bytes = size(t); }},
    {"red", [](Parameters& p, std::string_view t) { p.queue.red = red(t); }},
    {"ecn", [](Parameters& p, std::string_view t) { p.queue.ecn = flag(t); }},
    {"up", [](Parameters& p, std::string_view t) { p.up = flag(t); }},
};

}  // namespace

Parameters parseParameters(std::string_view words) {
    Parameters parameters;
    parameters.queue.packets = QueueLimits::none;
    while (!words.empty()) {
        std::string_view word = cut(words);
        const std::string_view name = cut(word, '=');
        const auto setter = setters.find(name);
        if (setter == setters.end()) reject(name, "a parameter of a pipe");
        try {
            setter->second(parameters, word);
        } catch (const ProtocolError& error) {
            throw ProtocolError(std::string(name) + ": " + error.what());
        }
    }
    QueueLimits& queue = parameters.queue;
    if (queue.packets == QueueLimits::none && queue.bytes == QueueLimits::none)
        queue.packets = QueueLimits::usualPackets;
    return parameters;
}

}  // namespace diecast::net
