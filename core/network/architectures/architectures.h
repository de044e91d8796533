// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/architecture.h"

#include <vector>

namespace bitloom {

/// Every architecture; a new one is a new file in architectures/, named in families.h, and a row
/// here.
const std::vector<Architecture>& architectures();
/// nullptr when there is none of that id.
const Architecture* findArchitecture(std::string_view id);

} // namespace bitloom
