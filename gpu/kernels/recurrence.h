// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/kernels/step_context.h"

namespace bitloom {

/// Records an `lstm` over all tokens of the recording: token by token the matrix-vector products of
/// the hidden state, then the cell. Tokens that a run has not leave the states alone, so that the
/// next run goes on from them.
void recordLstm(const StepContext& context, const Step& step);
/// Bytes of StepContext::scratch that it needs.
int64_t lstmScratch(const Graph& graph, const Step& step);

/// Records that replaced states are zero where a text begins.
void recordBeginning(const StepContext& context);

} // namespace bitloom
