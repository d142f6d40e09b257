// What each file of this folder adds to the module's exports. TypeScript has checked every argument
// (src/native.ts has the types); what is wrong here all the same is thrown as a plain Error.
#pragma once

#include <napi.h>

namespace diecast::addon {

void exportTimePage(Napi::Env env, Napi::Object exports);
void exportReplaceProcess(Napi::Env env, Napi::Object exports);
void exportProbe(Napi::Env env, Napi::Object exports);
void exportCoreSpeed(Napi::Env env, Napi::Object exports);
void exportSocketTimers(Napi::Env env, Napi::Object exports);
void exportRestCounter(Napi::Env env, Napi::Object exports);
void exportDisk(Napi::Env env, Napi::Object exports);

}  // namespace diecast::addon
