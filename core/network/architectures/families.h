// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/architecture.h"

namespace bitloom {

// The rows of the architectures table, each from the file of its family.
Architecture llamaArchitecture();
Architecture gpt2Architecture();
Architecture bertArchitecture();
Architecture lstmArchitecture();

} // namespace bitloom
