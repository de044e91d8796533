// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace bitloom {

/// Folder of the bundled sample (model files, calibration.txt, evaluation.txt).
std::string sampleFolder();

} // namespace bitloom
