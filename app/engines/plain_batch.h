// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"

#include <algorithm>

namespace bitloom {

/// Texts that mean nothing, to measure how fast an encoder is: of `positions` each (the context at
/// most), fed as tokens or, where the network reads none, as its input value.
inline TextBatch plainBatch(const Graph& graph, int64_t texts, int64_t positions)
{
    const int64_t length = std::min(positions, graph.contextLength);
    TextBatch batch;
    batch.lengths.assign(static_cast<size_t>(texts), length);
    const Program& program = graph.programs.front();
    if (program.readsTokens) {
        batch.tokens.assign(static_cast<size_t>(texts * length), 0);
    } else {
        batch.given = program.input;
        batch.rows = Matrix(texts * length, graph.value(program.input).width);
    }
    return batch;
}

} // namespace bitloom
