// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/engine/engine.h"

#include "core/base/error.h"
#include "core/base/finite.h"

#include <algorithm>

namespace bitloom {

PackedTensor OriginalWeights::slot(int index) const
{
    return m_model->tensorOf(m_model->graph.slot(index)).packed();
}

std::vector<const ActivationScheme*> activationSchemesOf(const Graph& graph,
                                                         const WeightSource& source)
{
    std::vector<const ActivationScheme*> schemes;
    for (int value = 0; value < static_cast<int>(graph.values.size()); ++value) {
        schemes.push_back(source.activationScheme(value));
        if (schemes.back() && !graph.canBeQuantized(value))
            throw Error("graph",
                        graph.value(value).name + " cannot be quantized: it is given or asked for");
    }
    return schemes;
}

Matrix Engine::runTapped(Sequence& /*sequence*/, std::span<const int32_t> /*tokens*/,
                         const ValueTap& /*tap*/)
{
    throw Error(id(), "this engine cannot be tapped; use the torch engine");
}

void TextBatch::add(std::span<const int32_t> text)
{
    lengths.push_back(static_cast<int64_t>(text.size()));
    tokens.insert(tokens.end(), text.begin(), text.end());
}

TextBatch TextBatch::texts(const Graph& graph, size_t from, size_t to) const
{
    const auto at = [&](size_t text) {
        return lengths.begin() + static_cast<std::ptrdiff_t>(text);
    };
    TextBatch some;
    some.lengths.assign(at(from), at(to));
    some.given = given;
    const int64_t first = std::accumulate(lengths.begin(), at(from), int64_t{0});
    if (given < 0) {
        some.tokens.assign(tokens.begin() + first, tokens.begin() + first + some.positions());
        return some;
    }
    const bool perText = graph.value(given).perText;
    some.rows = Matrix(perText ? static_cast<int64_t>(to - from) : some.positions(), rows.columns);
    const auto start =
        rows.values.begin() + (perText ? static_cast<int64_t>(from) : first) * rows.columns;
    std::copy_n(start, some.rows.size(), some.rows.values.begin());
    return some;
}

Matrix encodeOneByOne(Engine& engine, const Graph& graph, const TextBatch& batch,
                      const ValueTap& tap)
{
    Matrix whole(0, graph.outputWidth());
    for (size_t i = 0; i < batch.lengths.size(); ++i) {
        const Matrix part = engine.encode(batch.texts(graph, i, i + 1), tap);
        whole.rows += part.rows;
        whole.values.insert(whole.values.end(), part.values.begin(), part.values.end());
    }
    return whole;
}

namespace {

void checkGivenRows(const Graph& graph, const TextBatch& batch, int64_t rows)
{
    const Value& value = graph.value(batch.given);
    if (batch.rows.rows != rows || batch.rows.columns != value.width)
        throw Error("network", value.name + " is given as " + std::to_string(batch.rows.rows) +
                                   " × " + std::to_string(batch.rows.columns) +
                                   " numbers, should be " + std::to_string(rows) + " × " +
                                   std::to_string(value.width));
    const int64_t bad = firstNotFinite(batch.rows.values);
    if (bad >= 0)
        throw Error("network", value.name + " is given with a number that is not finite: row " +
                                   std::to_string(bad / value.width) + ", column " +
                                   std::to_string(bad % value.width) + " is " +
                                   notFiniteText(batch.rows.values[static_cast<size_t>(bad)]));
}

} // namespace

void checkToken(const Graph& graph, int32_t token)
{
    if (token < 0 || token >= graph.vocabulary)
        throw Error("network", "token " + std::to_string(token) + " is outside the vocabulary of " +
                                   std::to_string(graph.vocabulary));
}

void checkBatch(const Graph& graph, const TextBatch& batch)
{
    for (const int64_t length : batch.lengths)
        if (length < 1 || length > graph.contextLength)
            throw Error("network", "a text of " + std::to_string(length) +
                                       " positions does not fit into the context of " +
                                       std::to_string(graph.contextLength));
    if (batch.given >= 0) {
        const Program& program = graph.programs.front();
        if (batch.given == program.output || (batch.given == program.input && program.readsTokens))
            throw Error("network", graph.value(batch.given).name +
                                       " cannot be given: it is no value inside the network");
        const bool perText = graph.value(batch.given).perText;
        checkGivenRows(graph, batch,
                       perText ? static_cast<int64_t>(batch.lengths.size()) : batch.positions());
        return;
    }
    if (!graph.programs.front().readsTokens)
        throw Error("network", "this network reads no tokens; give " +
                                   graph.value(graph.programs.front().input).name);
    if (static_cast<int64_t>(batch.tokens.size()) != batch.positions())
        throw Error("network", "the texts have another number of tokens than their lengths say");
    for (const int32_t token : batch.tokens)
        checkToken(graph, token);
}

} // namespace bitloom
