// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace bitloom {

/// What an engine that keeps weights packed holds while a network runs, in bytes of the buffers it
/// makes, told from shapes alone: before there is an engine, or a weight was encoded. What the
/// driver takes for itself (programs, command lists) is not counted.
class EngineMemory {
public:
    virtual ~EngineMemory() = default;
    /// What the engine says of itself (Engine::description).
    virtual std::string description() const = 0;
    /// Bytes that a slot's weights take, stored by `scheme`; 0 for a slot that is never read.
    virtual int64_t slotBytes(const Graph& graph, int slot, const Scheme& scheme) const = 0;
    /// Bytes that a matrix stored by `scheme` takes.
    virtual int64_t matrixBytes(const Scheme& scheme, int64_t rows, int64_t columns) const = 0;
    /// Bytes that the states (KV cache) of one text of up to `positions` tokens take.
    virtual int64_t stateBytes(const Graph& graph, int64_t positions) const = 0;
    /// Bytes of all values on the way from tokens to the output, what goes in and what is read
    /// back, once texts of all lengths up to `positions` have been run; `addedRank`: the highest of
    /// what is added to matrices (LowRank).
    virtual int64_t activationBytes(const Graph& graph, int64_t positions,
                                    int64_t addedRank) const = 0;
};

/// Asked when it is first needed. Error, saying why, where there is no such engine.
using EngineMemorySource = std::function<std::shared_ptr<const EngineMemory>()>;

} // namespace bitloom
