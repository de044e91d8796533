// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/transformer_builder.h"

#include "core/network/graph/operations.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitloom {

TransformerBuilder::TransformerBuilder(std::string_view family, const Checkpoint& checkpoint,
                                       Transformer transformer, const GgufNames* ggufNames)
    : GraphBuilder(family, checkpoint, ggufNames)
    , m_t(std::move(transformer))
{
    m_graph.vocabulary = m_t.vocabulary;
    m_graph.contextLength = m_t.context;
    m_graph.blocks = m_t.blocks;
    m_graph.ropeTables = m_t.ropeTables;
}

std::string TransformerBuilder::tensorOf(const std::string& name) const
{
    return m_t.prefix + name;
}

int TransformerBuilder::table(std::string_view name, int64_t rows, Role role)
{
    const std::string slotName(name);
    return slot(slotName, stored(tensorOf(slotName + ".weight"), {rows, m_t.hidden}), role);
}

int TransformerBuilder::lookUp(std::string_view operation, int tableSlot, const std::string& output)
{
    return step(operation, {m_program.input}, {tableSlot}, output, m_t.hidden);
}

int TransformerBuilder::linear(int input, const Linear& layer, const std::string& output)
{
    const bool whole = layer.part.empty();
    const std::string suffix = whole ? "" : "." + layer.part;
    const int64_t rows = whole ? layer.outputs : layer.tensorOutputs;
    const int64_t count = whole ? 0 : layer.outputs;
    Shape shape = {rows, m_graph.value(input).width};
    if (layer.transposed)
        std::ranges::reverse(shape);
    std::vector<int> slots = {slot(layer.name + suffix,
                                   stored(tensorOf(layer.name + ".weight"), shape), layer.role,
                                   {layer.transposed, layer.first, count})};
    if (layer.biased)
        slots.push_back(slot(layer.name + ".bias" + suffix,
                             stored(tensorOf(layer.name + ".bias"), {rows}), Role::Bias,
                             {false, layer.first, count}));
    return step("linear", {input}, slots, output, layer.outputs);
}

int TransformerBuilder::norm(int input, const std::string& name, const std::string& output)
{
    Attributes attributes;
    attributes.epsilon = m_t.epsilon;
    const Shape shape = {m_graph.value(input).width};
    std::vector<int> slots = {slot(name, stored(tensorOf(name + ".weight"), shape), Role::Norm)};
    if (m_t.norm == NormKind::Layer)
        slots.push_back(slot(name + ".bias", stored(tensorOf(name + ".bias"), shape), Role::Bias));
    return step(m_t.norm == NormKind::Layer ? "layer_norm" : "rms_norm", {input}, slots, output,
                shape.front(), attributes);
}

int TransformerBuilder::add(int a, int b, const std::string& output)
{
    return step("add", {a, b}, {}, output, m_graph.value(a).width);
}

int TransformerBuilder::rope(int input, int heads, const std::string& output)
{
    Attributes attributes;
    attributes.heads = heads;
    attributes.headSize = m_t.attention.headSize;
    attributes.ropeTable = m_t.attention.ropeTable;
    return step("rope", {input}, {}, output, m_graph.value(input).width, attributes);
}

TransformerBuilder::Linear TransformerBuilder::projection(std::string_view name, Role role,
                                                          int64_t first, int heads) const
{
    const AttentionOptions& a = m_t.attention;
    const bool fused = !m_t.names.fusedProjection.empty();
    Linear layer;
    layer.name = inBlock(fused ? m_t.names.fusedProjection : name);
    layer.outputs = int64_t{heads} * a.headSize;
    layer.role = role;
    layer.biased = a.biased;
    layer.transposed = m_t.transposed;
    if (fused) {
        layer.part = name;
        layer.first = first * a.headSize;
        layer.tensorOutputs = (int64_t{a.heads} + 2 * a.keyValueHeads) * a.headSize;
    }
    return layer;
}

Attributes TransformerBuilder::attentionAttributes()
{
    const AttentionOptions& a = m_t.attention;
    Attributes attributes;
    attributes.scale = 1 / std::sqrt(static_cast<double>(a.headSize));
    attributes.heads = a.heads;
    attributes.keyValueHeads = a.keyValueHeads;
    attributes.headSize = a.headSize;
    if (a.causal) {
        const int64_t width = int64_t{a.keyValueHeads} * a.headSize;
        attributes.keyState = state(m_valuePrefix + "keys", width);
        attributes.valueState = state(m_valuePrefix + "values", width);
    }
    return attributes;
}

int TransformerBuilder::attention(int input)
{
    const AttentionOptions& a = m_t.attention;
    const TransformerNames& names = m_t.names;
    const std::string values = m_valuePrefix + "attention.";
    const int64_t keys = a.heads;
    int query =
        linear(input, projection(names.query, Role::AttentionQuery, 0, a.heads), values + "query");
    int key = linear(input, projection(names.key, Role::AttentionKey, keys, a.keyValueHeads),
                     values + "key");
    const int value = linear(
        input,
        projection(names.value, Role::AttentionValue, keys + a.keyValueHeads, a.keyValueHeads),
        values + "value");
    if (a.ropeTable >= 0) {
        query = rope(query, a.heads, values + "rotated_query");
        key = rope(key, a.keyValueHeads, values + "rotated_key");
    }
    const int mixture = step(a.causal ? "attention" : "text_attention", {query, key, value}, {},
                             values + "mixture", m_graph.value(query).width, attentionAttributes());
    return linear(mixture,
                  {inBlock(names.attentionOutput), m_t.hidden, Role::AttentionOutput,
                   a.outputBiased, m_t.transposed},
                  values + "output");
}

int TransformerBuilder::feedForward(int input)
{
    const FeedForwardOptions& f = m_t.feedForward;
    const TransformerNames& names = m_t.names;
    const std::string values = m_valuePrefix + "feed_forward.";
    const Operation& activation = operationNamed(f.activation);
    const bool gated = activation.inputs == 2;
    std::vector<int> inner;
    if (gated)
        inner.push_back(linear(
            input, {inBlock(names.gate), f.width, Role::FeedForwardGate, f.biased, m_t.transposed},
            values + "gate"));
    inner.push_back(
        linear(input, {inBlock(names.up), f.width, Role::FeedForwardUp, f.biased, m_t.transposed},
               values + "up"));
    const int activated =
        step(activation.name, inner, {}, values + (gated ? "product" : "activation"), f.width);
    return linear(
        activated,
        {inBlock(names.down), m_t.hidden, Role::FeedForwardDown, f.biased, m_t.transposed},
        values + "output");
}

int TransformerBuilder::block(int input)
{
    m_slotPrefix = std::string(m_t.names.block) + std::to_string(m_block) + ".";
    m_valuePrefix = "blocks." + std::to_string(m_block) + ".";
    const std::string attentionNorm = inBlock(m_t.names.attentionNorm);
    const std::string feedForwardNorm = inBlock(m_t.names.feedForwardNorm);
    const std::string& values = m_valuePrefix;
    if (m_t.normPlace == NormPlace::Before) {
        const int attended = attention(norm(input, attentionNorm, values + "attention.norm"));
        const int between = add(input, attended, values + "attention.residual");
        const int output =
            feedForward(norm(between, feedForwardNorm, values + "feed_forward.norm"));
        return add(between, output, values + "residual");
    }
    const int attended = add(input, attention(input), values + "attention.sum");
    const int between = norm(attended, attentionNorm, values + "attention.residual");
    const int sum = add(between, feedForward(between), values + "feed_forward.sum");
    return norm(sum, feedForwardNorm, values + "residual");
}

int TransformerBuilder::blocks(int input)
{
    for (m_block = 0; m_block < m_t.blocks; ++m_block)
        input = block(input);
    m_block = -1;
    return input;
}

Graph TransformerBuilder::graphOf(const char* program, int output)
{
    m_program.name = program;
    m_program.output = output;
    m_graph.programs.push_back(std::move(m_program));
    return std::move(m_graph);
}

Graph TransformerBuilder::decoder()
{
    const TransformerNames& names = m_t.names;
    m_program.input = value("tokens", 1);
    const int words = table(names.words, m_t.vocabulary, Role::TokenEmbedding);
    const int positions =
        names.positions.empty() ? -1 : table(names.positions, m_t.context, Role::PositionEmbedding);
    int stream = lookUp("embed", words, "embedding");
    if (positions >= 0)
        stream = add(stream, lookUp("embed_position", positions, "position_embedding"),
                     "placed_embedding");
    const int last = norm(blocks(stream), std::string(names.finalNorm), "norm");
    return graphOf("decode", logits(last, std::string(names.head), words, m_t.tied));
}

} // namespace bitloom
