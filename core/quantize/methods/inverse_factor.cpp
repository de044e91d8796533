// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/inverse_factor.h"

#include "core/base/error.h"
#include "core/network/torch/torch_forward.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace bitloom {

namespace {

constexpr int kRetries = 5;

std::vector<int32_t> largestFirst(MatrixView moment)
{
    std::vector<int32_t> order(static_cast<size_t>(moment.columns));
    std::iota(order.begin(), order.end(), 0);
    const auto size = [&](int32_t column) {
        return moment.row(column)[static_cast<size_t>(column)];
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](int32_t a, int32_t b) { return size(a) > size(b); });
    return order;
}

/// In double, columns and rows in their order.
torch::Tensor ordered(MatrixView moment, const std::vector<int32_t>& order)
{
    torch::Tensor whole = torch::empty({moment.rows, moment.columns}, torch::kDouble);
    double* at = whole.data_ptr<double>();
    for (int64_t r = 0; r < moment.rows; ++r) {
        const auto row = moment.row(order.empty() ? r : order[static_cast<size_t>(r)]);
        for (int64_t c = 0; c < moment.columns; ++c)
            *at++ = static_cast<double>(
                row[static_cast<size_t>(order.empty() ? c : order[static_cast<size_t>(c)])]);
    }
    return whole;
}

/// Nothing when the damped matrix is not positive definite.
std::optional<torch::Tensor> factorOf(const torch::Tensor& damped)
{
    const auto [lower, failed] = torch::linalg_cholesky_ex(damped);
    if (failed.item<int>() != 0)
        return std::nullopt;
    const auto [upper, failedAgain] =
        torch::linalg_cholesky_ex(torch::cholesky_inverse(lower), /*upper=*/true);
    if (failedAgain.item<int>() != 0 || !torch::isfinite(upper.diagonal()).all().item<bool>())
        return std::nullopt;
    return upper.contiguous();
}

} // namespace

InverseFactor inverseFactor(MatrixView secondMoment, ColumnOrder order, double damping)
{
    InverseFactor result;
    result.width = secondMoment.columns;
    if (order == ColumnOrder::LargestFirst)
        result.order = largestFirst(secondMoment);
    withTorchErrors("quantize", [&] {
        const torch::NoGradGuard noGradients;
        setTorchThreads(1); // more would sum in another order
        torch::Tensor moment = ordered(secondMoment, result.order);
        torch::Tensor diagonal = moment.diagonal();
        const double mean = diagonal.mean().item<double>();
        if (!std::isfinite(moment.sum().item<double>()))
            throw Error("quantize", "the second moments of the inputs are not finite");
        diagonal.masked_fill_(diagonal == 0, 1.0);
        double share = damping;
        for (int attempt = 0; attempt <= kRetries; ++attempt, share *= 10) {
            result.damping = share * mean;
            torch::Tensor damped = moment.clone();
            damped.diagonal().add_(result.damping);
            if (const auto factor = factorOf(damped)) {
                const double* values = factor->data_ptr<double>();
                result.values.assign(values, values + factor->numel());
                return;
            }
        }
        throw Error("quantize", "the second moments of the inputs have no Cholesky factor, "
                                "however much their diagonal is damped");
    });
    return result;
}

} // namespace bitloom
