#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "addon/bindings.h"
#include "disk/model.h"

namespace diecast::addon {
namespace {

using disk::Completion;
using disk::Kind;
using disk::MediaAccess;
using disk::Model;
using disk::Request;
using disk::TimeNs;

disk::Scheduler schedulerOf(const std::string& name) {
    if (name == "c-look") return disk::Scheduler::CLook;
    if (name == "sstf") return disk::Scheduler::Sstf;
    if (name == "sptf") return disk::Scheduler::Sptf;
    return disk::Scheduler::Fcfs;
}

std::unique_ptr<Model> modelOf(const Napi::CallbackInfo& info) {
    std::optional<disk::Scheduler> scheduler;
    if (info[1].IsString()) scheduler = schedulerOf(info[1].As<Napi::String>().Utf8Value());
    try {
        return disk::makeModel(info[0].As<Napi::String>().Utf8Value(), scheduler);
    } catch (const std::exception& error) {
        throw Napi::Error::New(info.Env(), error.what());
    }
}

// What a replay gives back, by the number of the request.
class Results final : public disk::MediaWatcher {
  public:
    Results(Napi::Env env, std::size_t requests)
        : startNs_(Napi::BigInt64Array::New(env, requests)),
          completionNs_(Napi::BigInt64Array::New(env, requests)),
          outcomes_(Napi::Uint8Array::New(env, requests)),
          seekCylinders_(Napi::Int32Array::New(env, requests)),
          media_(Napi::BigInt64Array::New(env, 4 * requests)) {
        std::fill_n(seekCylinders_.Data(), requests, -1);
    }

    void take(const Completion& completion) {
        const auto id = static_cast<std::size_t>(completion.id);
        startNs_.Data()[id] = completion.startNs;
        completionNs_.Data()[id] = completion.completionNs;
        outcomes_.Data()[id] = static_cast<std::uint8_t>(completion.outcome);
    }

    void mediaDone(std::uint64_t id, const MediaAccess& media) override {
        seekCylinders_.Data()[id] = media.seekCylinders;
        std::int64_t* const times = media_.Data() + 4 * id;
        times[0] = media.seekNs;
        times[1] = media.latencyNs;
        times[2] = media.transferNs;
        times[3] = media.doneNs;
    }

    Napi::Object object(Napi::Env env) const {
        Napi::Object results = Napi::Object::New(env);
        results["startNs"] = startNs_;
        results["completionNs"] = completionNs_;
        results["outcomes"] = outcomes_;
        results["seekCylinders"] = seekCylinders_;
        results["media"] = media_;
        return results;
    }

  private:
    Napi::BigInt64Array startNs_;
    Napi::BigInt64Array completionNs_;
    Napi::Uint8Array outcomes_;
    Napi::Int32Array seekCylinders_;  // -1: the medium was not touched
    Napi::BigInt64Array media_;
};

void finish(Model& model, std::vector<Completion>& completions) {
    while (const auto next = model.nextEventNs()) model.advance(*next, completions);
    model.finishMedia();
}

// replayDisk(description, scheduler | undefined, timesNs, lbns, blocks, kinds, closed): runs requests through a model.
// `timesNs` are arrivals; closed: how long after the completion of the one before it each arrives. Kinds are those of
// disk/model.h, 16 more for a write that is to be on the medium.
Napi::Value replayDisk(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::unique_ptr<Model> model = modelOf(info);
    const auto timesNs = info[2].As<Napi::BigInt64Array>();
    const auto lbns = info[3].As<Napi::BigInt64Array>();
    const auto blocks = info[4].As<Napi::Uint32Array>();
    const auto kinds = info[5].As<Napi::Uint8Array>();
    const bool closed = info[6].As<Napi::Boolean>().Value();
    const std::size_t requests = timesNs.ElementLength();
    Results results(env, requests);
    model->watchMedia(&results);
    std::vector<Completion> completions;
    TimeNs freeNs = 0;
    const auto takeAll = [&] {
        for (const Completion& completion : completions) {
            results.take(completion);
            freeNs = std::max(freeNs, completion.completionNs);
        }
        completions.clear();
    };
    try {
        for (std::size_t i = 0; i < requests; i++) {
            const std::uint8_t kind = kinds.Data()[i];
            Request request{
                i, timesNs.Data()[i], lbns.Data()[i], blocks.Data()[i], static_cast<Kind>(kind & 15), (kind & 16) != 0};
            if (closed) request.arrivalNs += freeNs;
            model->advance(request.arrivalNs, completions);
            takeAll();
            model->submit(request);
            // Background work goes on between requests: only the completion is waited for.
            while (closed && completions.empty()) model->advance(model->nextEventNs().value(), completions);
            takeAll();
        }
    } catch (const std::exception& error) {
        throw Napi::Error::New(env, error.what());
    }
    finish(*model, completions);
    takeAll();
    return results.object(env);
}

// describeDisk(description): what the model itself says of the drive.
Napi::Value describeDisk(const Napi::CallbackInfo& info) {
    const std::unique_ptr<Model> model = modelOf(info);
    Napi::Object object = Napi::Object::New(info.Env());
    object["capacityBlocks"] = Napi::BigInt::New(info.Env(), model->capacityBlocks());
    object["queueDepth"] = Napi::Number::New(info.Env(), model->queueDepth());
    return object;
}

}  // namespace

void exportDisk(Napi::Env env, Napi::Object exports) {
    exports["replayDisk"] = Napi::Function::New(env, replayDisk, "replayDisk");
    exports["describeDisk"] = Napi::Function::New(env, describeDisk, "describeDisk");
}

}  // namespace diecast::addon
