// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/text.h"
#include "core/files/io/fingerprint.h"
#include "core/network/model/model.h"

#include <cstdint>
#include <vector>

namespace bitloom {

/// What a measurement of a model on windows is kept under. `version` grows with every change of
/// what is measured.
Fingerprint measurementKey(const Model& model, const std::vector<Window>& windows, uint64_t seed,
                           int64_t version);

} // namespace bitloom
