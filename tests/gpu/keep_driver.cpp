// SPDX-License-Identifier: GPL-3.0-or-later
// With sanitizers: keeps Mesa's software driver loaded to the end of the process. It leaks a little
// of its own, and a leak can be suppressed by its library's name (tests/lint/leaks.supp) only while
// that is loaded; the Vulkan loader would unload it with the last instance.
#include <dlfcn.h>

namespace {

[[maybe_unused]] const void* const kDriver =
    dlopen("libvulkan_lvp.so", RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);

} // namespace
