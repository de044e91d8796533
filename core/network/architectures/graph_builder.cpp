// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/graph_builder.h"

#include "core/network/graph/graph_check.h"
#include "core/network/graph/operations.h"
#include "core/network/model/architecture.h"

#include <algorithm>
#include <filesystem>

namespace bitloom {

namespace {

std::string shapeText(const Shape& shape)
{
    std::string text;
    for (const int64_t size : shape)
        text += (text.empty() ? "" : " × ") + std::to_string(size);
    return text.empty() ? "a single number" : text;
}

/// What the file calls a tensor: a GGUF's have been given Hugging Face's names.
std::string nameInFile(const Checkpoint& checkpoint, const GgufNames* names,
                       const std::string& name)
{
    return names && checkpoint.format == "gguf" ? names->tensorToGguf(name) : name;
}

/// Matrices that are small, or looked up where an error would touch every position.
bool keepsItsType(Role role)
{
    return role == Role::PositionEmbedding || role == Role::TypeEmbedding || role == Role::Unused;
}

} // namespace

const StoredTensor& GraphBuilder::stored(const std::string& name, const Shape& shape) const
{
    const StoredTensor* tensor = m_checkpoint.find(name);
    if (!tensor)
        throw TensorMismatch(m_family, "tensor " + nameInFile(m_checkpoint, m_ggufNames, name) +
                                           " is missing from " + m_checkpoint.path);
    if (tensor->shape != shape) {
        const std::string file =
            tensor->file ? ", in " + std::filesystem::path(tensor->file->path()).filename().string()
                         : "";
        throw TensorMismatch(m_family, "tensor " + nameInFile(m_checkpoint, m_ggufNames, name) +
                                           " is " + shapeText(tensor->shape) + ", should be " +
                                           shapeText(shape) + file);
    }
    return *tensor;
}

int GraphBuilder::slot(const std::string& name, const StoredTensor& tensor, Role role,
                       const View& view)
{
    const Shape shape = shownShape(tensor.name, tensor.shape, view);
    Slot made;
    made.name = name;
    made.tensor = tensor.name;
    made.view = view;
    made.role = role;
    made.block = m_block;
    made.columns = shape.back();
    made.rows = elementCount(shape) / made.columns;
    made.quantizable = shape.size() >= 2 && !keepsItsType(role);
    m_graph.slots.push_back(made);
    return static_cast<int>(m_graph.slots.size()) - 1;
}

int GraphBuilder::value(const std::string& name, int64_t width)
{
    m_graph.values.push_back({name, width});
    return static_cast<int>(m_graph.values.size()) - 1;
}

int GraphBuilder::state(const std::string& name, int64_t width, State::Kind kind)
{
    m_graph.states.push_back({kind, name, width});
    return static_cast<int>(m_graph.states.size()) - 1;
}

int GraphBuilder::step(std::string_view operation, std::vector<int> inputs, std::vector<int> slots,
                       const std::string& output, int64_t width, const Attributes& attributes)
{
    const int written = value(output, width);
    const bool pooled = std::any_of(inputs.begin(), inputs.end(),
                                    [&](int input) { return m_graph.value(input).perText; });
    m_graph.values.back().perText = pooled || operationNamed(operation).pools;
    m_program.steps.push_back(
        {operation, std::move(inputs), written, std::move(slots), attributes, m_block});
    return written;
}

int GraphBuilder::logits(int input, const std::string& name, int words, bool tied)
{
    const int64_t width = m_graph.value(input).width;
    std::vector<int> slots = {words};
    if (!tied)
        slots[0] =
            slot(name, stored(name + ".weight", {m_graph.vocabulary, width}), Role::OutputHead);
    if (m_checkpoint.find(name + ".bias"))
        slots.push_back(
            slot(name + ".bias", stored(name + ".bias", {m_graph.vocabulary}), Role::Bias));
    return step("linear", {input}, slots, "logits", m_graph.vocabulary);
}

Graph finished(std::string_view family, Graph graph, const Checkpoint& checkpoint,
               const std::function<bool(const std::string&)>& meansNothing,
               const GgufNames* ggufNames)
{
    for (const StoredTensor& tensor : checkpoint.tensors) {
        const bool used = std::any_of(graph.slots.begin(), graph.slots.end(),
                                      [&](const Slot& slot) { return slot.tensor == tensor.name; });
        if (!used && tensor.inIndex && !meansNothing(tensor.name))
            throw TensorMismatch(
                family,
                "tensor " + nameInFile(checkpoint, ggufNames, tensor.name) + " in " +
                    checkpoint.path + " has no place in the network that " +
                    (checkpoint.format == "gguf" ? "its keys describe" : "config.json describes"));
    }
    fillUses(graph);
    checkGraph(graph);
    return graph;
}

} // namespace bitloom
