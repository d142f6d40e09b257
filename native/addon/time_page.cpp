#include "clock/time_page.h"

#include <cstdint>
#include <exception>
#include <optional>

#include "addon/bindings.h"
#include "addon/numbers.h"

namespace diecast::addon {
namespace {

std::int64_t integer(const Napi::Value& value) {
    bool lossless = false;
    const std::int64_t number = value.As<Napi::BigInt>().Int64Value(&lossless);
    if (!lossless) throw Napi::RangeError::New(value.Env(), "a time does not fit into 64 bits");
    return number;
}

// Owns the page for as long as JavaScript holds the object, or until close().
class TimePage : public Napi::ObjectWrap<TimePage> {
  public:
    // (tdfNum, tdfDen, startNs | undefined, frozen)
    explicit TimePage(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TimePage>(info) {
        guarded(info, [&] {
            clock::TimePage::Start start;
            start.tdf = {natural(info[0]), natural(info[1])};
            if (!info[2].IsUndefined()) start.wallNs = integer(info[2]);
            start.frozen = info[3].ToBoolean();
            page_.emplace(clock::TimePage::create(start));
        });
    }

    static Napi::Function define(Napi::Env env) {
        return DefineClass(env, "TimePage",
                           {
                               InstanceAccessor<&TimePage::fd>("fd"),
                               InstanceAccessor<&TimePage::frozen>("frozen"),
                               InstanceMethod<&TimePage::now>("now"),
                               InstanceMethod<&TimePage::setRate>("setRate"),
                               InstanceMethod<&TimePage::freeze>("freeze"),
                               InstanceMethod<&TimePage::resume>("resume"),
                               InstanceMethod<&TimePage::openGates>("openGates"),
                               InstanceMethod<&TimePage::setRearming>("setRearming"),
                               InstanceMethod<&TimePage::close>("close"),
                           });
    }

  private:
    // Turns C++ errors into JavaScript ones: they may not cross Node's frames.
    template <typename Action>
    auto guarded(const Napi::CallbackInfo& info, Action action) -> decltype(action()) {
        try {
            return action();
        } catch (const Napi::Error&) {
            throw;
        } catch (const std::exception& error) {
            throw Napi::Error::New(info.Env(), error.what());
        }
    }

    clock::TimePage& page(const Napi::CallbackInfo& info) {
        if (!page_) throw Napi::Error::New(info.Env(), "the clock is closed");
        return *page_;
    }

    Napi::Value fd(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), page(info).fd()); }

    Napi::Value frozen(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), page(info).frozen()); }

    Napi::Value now(const Napi::CallbackInfo& info) {
        const clock::Snapshot snapshot = page(info).now();
        Napi::Object reading = Napi::Object::New(info.Env());
        reading["realNs"] = Napi::BigInt::New(info.Env(), snapshot.realNs);
        reading["virtualNs"] = Napi::BigInt::New(info.Env(), snapshot.virtualNs);
        reading["virtualWallNs"] = Napi::BigInt::New(info.Env(), snapshot.virtualWallNs);
        return reading;
    }

    void setRate(const Napi::CallbackInfo& info) {
        guarded(info, [&] { page(info).setRate({natural(info[0]), natural(info[1])}); });
    }

    void freeze(const Napi::CallbackInfo& info) {
        guarded(info, [&] { page(info).freeze(); });
    }

    void resume(const Napi::CallbackInfo& info) {
        guarded(info, [&] { page(info).resume(); });
    }

    void openGates(const Napi::CallbackInfo& info) { page(info).openGates(info[0].As<Napi::Number>().Uint32Value()); }

    void setRearming(const Napi::CallbackInfo& info) { page(info).setRearming(info[0].ToBoolean()); }

    void close(const Napi::CallbackInfo&) { page_.reset(); }

    std::optional<clock::TimePage> page_;
};

}  // namespace

void exportTimePage(Napi::Env env, Napi::Object exports) {
    exports["TimePage"] = TimePage::define(env);
}

}  // namespace diecast::addon
