#include "addon/bindings.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
    diecast::addon::exportTimePage(env, exports);
    diecast::addon::exportReplaceProcess(env, exports);
    diecast::addon::exportProbe(env, exports);
    diecast::addon::exportCoreSpeed(env, exports);
    diecast::addon::exportSocketTimers(env, exports);
    diecast::addon::exportRestCounter(env, exports);
    diecast::addon::exportDisk(env, exports);
    return exports;
}

}  // namespace

NODE_API_MODULE(diecast, initialize)
