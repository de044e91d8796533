// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"
#include "core/network/architectures/gguf_names.h"
#include "core/network/graph/graph.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// What putting a network together is made of: slots as their tensors are found, values and steps
/// in execution order. An architecture derives from it and says which.
class GraphBuilder {
protected:
    /// `family`: the architecture's id, the operation of its Errors, which call the tensors of a
    /// GGUF by the names there.
    GraphBuilder(std::string_view family, const Checkpoint& checkpoint,
                 const GgufNames* ggufNames = nullptr)
        : m_checkpoint(checkpoint)
        , m_family(family)
        , m_ggufNames(ggufNames)
    {
    }

    /// TensorMismatch when it is missing or of another shape.
    const StoredTensor& stored(const std::string& name, const Shape& shape) const;
    /// Appends a slot that shows `view` of a tensor, and returns its index. It belongs to the block
    /// being built. Matrices can be quantized, unless the role is an embedding of positions.
    int slot(const std::string& name, const StoredTensor& tensor, Role role, const View& view = {});
    int value(const std::string& name, int64_t width);
    int state(const std::string& name, int64_t width, State::Kind kind = State::Kind::Append);
    /// Appends a step and returns the value it writes.
    int step(std::string_view operation, std::vector<int> inputs, std::vector<int> slots,
             const std::string& output, int64_t width, const Attributes& attributes = {});

    /// Appends the step to the logits of the vocabulary: by the slot of words where the head is
    /// tied, else by the matrix `name`; with the bias of that name, where there is one.
    int logits(int input, const std::string& name, int words, bool tied);

    const Checkpoint& m_checkpoint;
    Graph m_graph;
    Program m_program;
    int m_block = -1;

private:
    std::string_view m_family;
    const GgufNames* m_ggufNames;
};

/// The graph with its uses filled in, checked. TensorMismatch naming a tensor of the checkpoint
/// that no slot shows and neither `meansNothing` excuses nor an index that leaves it out.
Graph finished(std::string_view family, Graph graph, const Checkpoint& checkpoint,
               const std::function<bool(const std::string&)>& meansNothing,
               const GgufNames* ggufNames = nullptr);

} // namespace bitloom
