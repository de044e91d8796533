// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/output_file.h"
#include "core/workbench/session/model_calibration.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

struct ExportReport {
    std::string path;
    int64_t bytes = 0;
    int64_t tensorsVerified = 0;
    std::vector<std::string> leftOut; ///< sentences: what the format has no place for
    bool complete = true;             ///< false: stopped, the old file is still there
};

/// Writes a model under a recipe. Remembers nothing, so it needs no lock. Thread safe.
class Exports {
public:
    explicit Exports(const ModelCalibration& calibration)
        : m_calibration(calibration)
    {
    }

    /// Writes, reopens, decodes and compares bit for bit. `format`: "gguf" or "safetensors".
    ExportReport exportModel(const Recipe& recipe, const std::string& format,
                             const OutputFile& file, Progress& progress);

private:
    const ModelCalibration& m_calibration;
};

} // namespace bitloom
