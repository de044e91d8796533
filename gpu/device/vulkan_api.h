// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The Vulkan functions, loaded at run time by volk. Private to gpu: no public header includes it.
#include <volk.h>

#include <string_view>

namespace bitloom {

/// The one place where results are looked at: DeviceLost, or Error with a sentence, on failure.
void checkVulkan(VkResult result, std::string_view what);

} // namespace bitloom
