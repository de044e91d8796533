// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/writers.h"
#include "core/quantize/variant/expected_tensor.h"

#include <functional>
#include <string>
#include <vector>

namespace bitloom {

/// A file on its way: what to write, how to write it, and what must come back.
struct ExportPlan {
    std::vector<TensorToWrite> tensors;
    std::vector<ExpectedTensor> expected;
    std::vector<std::string> leftOut; ///< sentences: what the format has no place for
    std::function<bool(const OutputFile&, const std::vector<TensorToWrite>&, Progress&,
                       const FileCheck&)>
        write;
    std::function<int64_t(const std::vector<TensorToWrite>&)> bytes; ///< of the file
};

} // namespace bitloom
