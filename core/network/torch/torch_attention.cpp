// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/torch/torch_attention.h"

#include <algorithm>
#include <limits>

namespace bitloom {

namespace {

/// Query rows whose scores are held at a time.
constexpr int64_t kAttentionRows = 128;

/// What query rows from `first` on, some hundred at most, take from the values: [texts, rows, heads
/// · size]. Queries [texts, key heads, query heads of each, positions, size]; keys and values
/// [texts, positions, key heads, size], of which they see those up to their own.
torch::Tensor attendFrom(int64_t first, const torch::Tensor& queries, const torch::Tensor& keys,
                         const torch::Tensor& values, TorchCausalMasks& masks)
{
    const int64_t texts = queries.size(0);
    const int64_t heads = texts * queries.size(1);
    const int64_t shared = queries.size(2);
    const int64_t size = queries.size(4);
    const int64_t rows = std::min(kAttentionRows, queries.size(3) - first);
    const int64_t seen = keys.size(1) - queries.size(3) + first + rows;
    const torch::Tensor query =
        queries.narrow(3, first, rows).reshape({heads, shared * rows, size});
    const torch::Tensor key =
        keys.narrow(1, 0, seen).permute({0, 2, 3, 1}).reshape({heads, size, seen});
    const torch::Tensor value =
        values.narrow(1, 0, seen).permute({0, 2, 1, 3}).reshape({heads, seen, size});
    const torch::Tensor scores = torch::bmm(query, key).view({heads, shared, rows, seen});
    if (rows > 1)
        scores.narrow(3, seen - rows, rows)
            .add_(masks.of(rows, scores.options().requires_grad(false)));
    const torch::Tensor shares = torch::softmax(scores, -1).view({heads, shared * rows, seen});
    return torch::bmm(shares, value)
        .view({texts, queries.size(1), shared, rows, size})
        .permute({0, 3, 1, 2, 4})
        .reshape({texts, rows, queries.size(1) * shared * size});
}

} // namespace

const torch::Tensor& TorchCausalMasks::of(int64_t rows, const torch::TensorOptions& options)
{
    torch::Tensor& mask = m_masks[rows];
    if (!mask.defined())
        mask = torch::full({rows, rows}, -std::numeric_limits<double>::infinity(), options).triu(1);
    return mask;
}

torch::Tensor attendCausally(const Attributes& attributes, int64_t texts,
                             const torch::Tensor& queries, const torch::Tensor& keys,
                             const torch::Tensor& values, TorchCausalMasks& masks)
{
    const Attributes& a = attributes;
    const int64_t length = queries.size(0) / texts;
    const auto headed = [&](const torch::Tensor& rows) {
        return rows.view({texts, -1, a.keyValueHeads, a.headSize});
    };
    const torch::Tensor scaled =
        queries.view({texts, length, a.keyValueHeads, a.heads / a.keyValueHeads, a.headSize})
            .permute({0, 2, 3, 1, 4}) *
        a.scale;
    std::vector<torch::Tensor> parts;
    for (int64_t first = 0; first < length; first += kAttentionRows)
        parts.push_back(attendFrom(first, scaled, headed(keys), headed(values), masks));
    return (parts.size() == 1 ? parts.front() : torch::cat(parts, 1)).flatten(0, 1);
}

torch::Tensor attendWithinTexts(const Attributes& attributes, const std::vector<int64_t>& lengths,
                                const torch::Tensor& queries, const torch::Tensor& keys,
                                const torch::Tensor& values)
{
    const Attributes& a = attributes;
    std::vector<torch::Tensor> parts;
    int64_t from = 0;
    for (const int64_t length : lengths) {
        const auto headed = [&](const torch::Tensor& rows, int heads) { // [heads, positions, size]
            return rows.narrow(0, from, length)
                .view({length, heads, a.headSize})
                .permute({1, 0, 2})
                .repeat_interleave(a.heads / heads, 0);
        };
        const torch::Tensor scores = torch::bmm(headed(queries, a.heads) * a.scale,
                                                headed(keys, a.keyValueHeads).transpose(1, 2));
        parts.push_back(torch::bmm(torch::softmax(scores, -1), headed(values, a.keyValueHeads))
                            .permute({1, 0, 2})
                            .reshape({length, int64_t{a.heads} * a.headSize}));
        from += length;
    }
    return parts.size() == 1 ? parts.front() : torch::cat(parts, 0);
}

} // namespace bitloom
