// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/kernels/step_context.h"

#include <string_view>
#include <vector>

namespace bitloom {

/// Records one step. Error when the table has no such operation or its shape does not fit.
void recordStep(const StepContext& context, const Step& step);

/// Names of the operations that can be recorded.
std::vector<std::string_view> vulkanOperations();

/// Memory that the most demanding step needs beside its values.
int64_t scratchBytes(const Graph& graph, const Program& program);

} // namespace bitloom
