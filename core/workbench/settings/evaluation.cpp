// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/settings/evaluation.h"

#include <algorithm>
#include <array>

namespace bitloom {

namespace {

/// By OutputKind.
constexpr std::array<Quantity, 3> kQuantities = {{
    {"KL", "nats per token"},
    {"KL", "nats per sentence"},
    {"1 − cosine", ""},
}};

} // namespace

const Quantity& quantityOf(OutputKind output)
{
    return kQuantities.at(static_cast<size_t>(output));
}

std::string quantityTitle(OutputKind output)
{
    const Quantity& quantity = quantityOf(output);
    const std::string title(quantity.name);
    const std::string unit(quantity.unit);
    return unit.empty() ? title : title + ", " + unit;
}

std::string examplesOf(const Graph& graph, int64_t context, bool lines)
{
    if (graph.readsWholeTexts())
        return "sentences of at most " +
               std::to_string(context > 0 ? std::min(context, graph.contextLength)
                                          : graph.contextLength) +
               " tokens";
    return (lines ? "lines of at most " : "windows of ") +
           std::to_string(context > 0 ? context : usualWindow(graph.contextLength)) + " tokens";
}

Estimate Evaluation::divergence() const
{
    if (!compared())
        return {};
    if (const TextEvaluation* text = ofText())
        return text->kl;
    const auto& sentences = std::get<SentenceEvaluation>(figures);
    return sentences.kind == OutputKind::Embedding
               ? Estimate{1 - sentences.cosine.value, sentences.cosine.standardError}
               : sentences.kl;
}

int64_t Evaluation::count() const
{
    const TextEvaluation* text = ofText();
    return text ? text->tokens : std::get<SentenceEvaluation>(figures).examples;
}

bool Evaluation::complete() const
{
    return std::visit([](const auto& found) { return found.complete; }, figures);
}

bool Evaluation::compared() const
{
    return std::visit([](const auto& found) { return found.compared; }, figures);
}

} // namespace bitloom
