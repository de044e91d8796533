// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/torch/torch_finite.h"

#include "core/base/error.h"
#include "core/base/finite.h"
#include "core/network/engine/finite_values.h"

#include <cmath>

namespace bitloom {

namespace {

Matrix floatsOf(const torch::Tensor& tensor)
{
    const torch::Tensor values = tensor.detach().to(torch::kFloat).contiguous();
    Matrix matrix(values.size(0), values.numel() / std::max<int64_t>(1, values.size(0)));
    std::copy_n(values.data_ptr<float>(), matrix.size(), matrix.values.data());
    return matrix;
}

void requireFiniteWeight(const TorchPass& pass, int slot)
{
    const torch::Tensor weight = pass.weights.weight(slot);
    if (isFinite(weight))
        return;
    const Matrix rows = floatsOf(weight);
    const int64_t at = firstNotFinite(rows.values);
    const std::string scheme(pass.weights.storedAs(slot));
    throw Error("network", pass.graph.slot(slot).name +
                               (scheme.empty() ? "" : " stored as " + scheme) + ", row " +
                               std::to_string(at / rows.columns) + ", column " +
                               std::to_string(at % rows.columns) + " is " +
                               notFiniteText(rows.values[static_cast<size_t>(at)]));
}

/// The weights of the step that computes a value.
void requireFiniteWeights(const TorchPass& pass, int value)
{
    for (const Step& step : pass.program.steps)
        if (step.output == value)
            for (const int slot : step.slots)
                requireFiniteWeight(pass, slot);
}

[[noreturn]] void refuseNotFinite(const TorchPass& pass, std::span<const int32_t> tokens)
{
    const torch::NoGradGuard noGradients;
    TorchPass watched = pass;
    watched.hook = [&pass](int value, torch::Tensor tensor) {
        if (pass.hook)
            tensor = pass.hook(value, std::move(tensor));
        const bool areTokens = value == pass.program.input && value != pass.given;
        if (areTokens || isFinite(tensor))
            return tensor;
        requireFiniteWeights(pass, value);
        const Matrix rows = floatsOf(tensor);
        requireFiniteValue(pass.graph, value, rows.view(),
                           [&](int slot) { return pass.weights.storedAs(slot); });
        return tensor;
    };
    torchForward(watched, tokens);
    refuseOutput("network");
}

} // namespace

bool isFinite(const torch::Tensor& numbers)
{
    const torch::NoGradGuard noGradients;
    const torch::Tensor values = numbers.detach();
    // A sum of finite numbers may still overflow.
    return std::isfinite(values.sum().item<double>()) || torch::isfinite(values).all().item<bool>();
}

torch::Tensor finiteForward(const TorchPass& pass, std::span<const int32_t> tokens)
{
    torch::Tensor output = torchForward(pass, tokens);
    if (!isFinite(output))
        refuseNotFinite(pass, tokens);
    return output;
}

} // namespace bitloom
