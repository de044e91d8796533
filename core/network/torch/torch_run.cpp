// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/torch/torch_run.h"

#include "core/base/error.h"
#include "core/network/graph/operations.h"
#include "core/network/graph/program_steps.h"

#include <algorithm>
#include <numeric>

namespace bitloom {

std::vector<int64_t> TorchRun::lengthsOf(const TorchPass& pass, int64_t tokens)
{
    if (pass.lengths.empty())
        return {tokens};
    return {pass.lengths.begin(), pass.lengths.end()};
}

TorchRun::TorchRun(const TorchPass& pass, std::span<const int32_t> tokens)
    : m_pass(pass)
    , m_steps(
          stepsBehind(pass.graph, pass.program, pass.given >= 0 ? pass.given : pass.program.input))
    , m_tokens(torch::empty({static_cast<int64_t>(tokens.size())}, torch::kInt64))
    , m_lengths(lengthsOf(pass, static_cast<int64_t>(tokens.size())))
    , m_start(pass.states ? pass.states->length : 0)
    , m_count(std::accumulate(m_lengths.begin(), m_lengths.end(), int64_t{0}))
    , m_values(pass.graph.values.size())
    , m_lastUse(pass.graph.values.size(), 0)
{
    std::copy(tokens.begin(), tokens.end(), m_tokens.data_ptr<int64_t>());
    planLiveness();
    for (const int64_t length : m_lengths)
        if (length != m_lengths.front() && !pass.graph.readsWholeTexts())
            throw Error("torch", "texts that are continued must have one length");
}

void TorchRun::planLiveness()
{
    for (size_t i = 0; i < m_steps.size(); ++i) {
        for (const int value : m_steps[i].inputs)
            m_lastUse[static_cast<size_t>(value)] = i;
        if (operationNamed(m_steps[i].operation).looksAtPositions)
            m_lastPositionStep = i;
    }
    m_lastUse[static_cast<size_t>(m_pass.program.output)] = m_steps.size();
}

void TorchRun::store(int value, torch::Tensor tensor)
{
    if (m_pass.hook)
        tensor = m_pass.hook(value, std::move(tensor));
    m_values[static_cast<size_t>(value)] = std::move(tensor);
}

torch::Tensor TorchRun::asQuantized(int value, const torch::Tensor& tensor) const
{
    const ActivationScheme* scheme = m_pass.weights.activationScheme(value);
    return scheme ? fakeQuantized(tensor, *scheme) : tensor;
}

void TorchRun::narrowToLastRow()
{
    for (torch::Tensor& value : m_values)
        if (value.defined() && value.size(0) > 1)
            value = value.narrow(0, value.size(0) - 1, 1);
}

torch::Tensor TorchRun::run()
{
    if (m_pass.given >= 0)
        store(m_pass.given, m_pass.rows);
    else
        store(m_pass.program.input, m_tokens.unsqueeze(1));
    for (size_t i = 0; i < m_steps.size(); ++i) {
        const Step& step = m_steps[i];
        torch::Tensor output = torchRule(step.operation)(*this, step);
        if (!isRecurrent(step)) // else it was, position by position
            output = asQuantized(step.output, output);
        store(step.output, std::move(output));
        for (const int value : step.inputs)
            if (m_lastUse[static_cast<size_t>(value)] == i)
                m_values[static_cast<size_t>(value)].reset();
        if (m_pass.lastRowOnly && i == m_lastPositionStep)
            narrowToLastRow();
    }
    return m_values[static_cast<size_t>(m_pass.program.output)];
}

torch::Tensor torchForward(const TorchPass& pass, std::span<const int32_t> tokens)
{
    return TorchRun(pass, tokens).run();
}

} // namespace bitloom
