// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/engine/blas_kernels.h"

#include <cstdlib>
#include <dlfcn.h>
#include <mutex>
#include <string_view>

namespace bitloom {
namespace {

template <typename Function>
Function* blasFunction(const char* name)
{
    return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

bool hasAvx2()
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

bool fellBack()
{
    auto* coreName = blasFunction<char*()>("openblas_get_corename");
    return coreName && std::string_view(coreName()) == "Prescott";
}

/// What the library does when it is loaded, once more, with the kernels named.
void choose()
{
    auto* readEnvironment = blasFunction<void()>("openblas_read_env");
    auto* forget = blasFunction<void()>("gotoblas_dynamic_quit");
    auto* decide = blasFunction<void()>("gotoblas_dynamic_init");
    if (!readEnvironment || !forget || !decide || std::getenv("OPENBLAS_CORETYPE") || !hasAvx2() ||
        !fellBack())
        return;
    setenv("OPENBLAS_CORETYPE", "Haswell", 0);
    readEnvironment();
    forget();
    decide();
}

} // namespace

void chooseBlasKernels()
{
    static std::once_flag once;
    std::call_once(once, choose);
}

} // namespace bitloom
