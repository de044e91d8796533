// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

namespace bitloom {

/// How the weights of a Hugging Face folder are quantized already, as its configuration says it:
/// "gptq, 4 bits, group size 128". Empty: they are not. Looks into config.json, and into the files
/// that older tools of GPTQ and AWQ wrote beside it.
std::string storedQuantization(const std::map<std::string, std::string>& sideFiles);

} // namespace bitloom
