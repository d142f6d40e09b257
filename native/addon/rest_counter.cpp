#include "rests/rest_counter.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "addon/bindings.h"

namespace diecast::addon {
namespace {

// It counts for as long as JavaScript holds the object, or until close().
class RestCounter : public Napi::ObjectWrap<RestCounter> {
  public:
    // (groups)
    explicit RestCounter(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RestCounter>(info) {
        const auto given = info[0].As<Napi::Array>();
        std::vector<std::string> groups;
        for (std::uint32_t i = 0; i < given.Length(); i++) groups.push_back(given.Get(i).As<Napi::String>());
        try {
            counter_ = std::make_unique<rests::RestCounter>(groups);
        } catch (const std::exception& error) {
            throw Napi::Error::New(info.Env(), error.what());
        }
    }

    static Napi::Function define(Napi::Env env) {
        return DefineClass(env, "RestCounter",
                           {InstanceMethod<&RestCounter::read>("read"), InstanceMethod<&RestCounter::close>("close")});
    }

  private:
    // Class by class, in the order of rests::Rested.
    Napi::Value read(const Napi::CallbackInfo& info) {
        if (!counter_) throw Napi::Error::New(info.Env(), "the counter of rests is closed");
        try {
            const auto counted = counter_->read(info[0].As<Napi::Number>().Uint32Value());
            auto words = Napi::BigUint64Array::New(info.Env(), 4 * counted.size());
            std::size_t at = 0;
            for (const auto& [rests, ranNs, cutRuns, cutNs] : counted)
                for (const std::uint64_t word : {rests, ranNs, cutRuns, cutNs}) words[at++] = word;
            return words;
        } catch (const std::exception& error) {
            throw Napi::Error::New(info.Env(), error.what());
        }
    }

    void close(const Napi::CallbackInfo&) { counter_.reset(); }

    std::unique_ptr<rests::RestCounter> counter_;
};

}  // namespace

void exportRestCounter(Napi::Env env, Napi::Object exports) {
    exports["RestCounter"] = RestCounter::define(env);
}

}  // namespace diecast::addon
