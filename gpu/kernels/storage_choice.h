// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/kernels/pipeline.h"

namespace bitloom {

/// The variant that reads memory faster on this device, measured once a process (about 20 ms; the
/// two differ by a factor of 10 and more on some drivers), or the one `options` force.
Variant chooseVariant(const std::shared_ptr<Device>& device, const VulkanOptions& options);

} // namespace bitloom
