// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/tridiagonal.h"

#include "core/analyze/numerics/finite_figures.h"
#include "core/network/torch/torch_forward.h"

namespace bitloom {

namespace {

Vector toVector(const torch::Tensor& tensor)
{
    const torch::Tensor values = tensor.contiguous();
    const double* numbers = values.data_ptr<double>();
    return {numbers, numbers + values.numel()};
}

torch::Tensor diagonalMatrix(const Vector& values, int64_t offset)
{
    return torch::diag(torch::tensor(at::ArrayRef<double>(values), torch::kDouble), offset);
}

} // namespace

Eigensystem eigensystem(const Tridiagonal& matrix)
{
    requireFinite("a tridiagonal matrix", matrix.diagonal, "eigenvalues");
    requireFinite("a tridiagonal matrix", matrix.offDiagonal, "eigenvalues");
    Eigensystem result;
    withTorchErrors("eigenvalues", [&] {
        torch::Tensor lower = diagonalMatrix(matrix.diagonal, 0);
        if (!matrix.offDiagonal.empty())
            lower += diagonalMatrix(matrix.offDiagonal, -1);
        const auto [values, vectors] = torch::linalg_eigh(lower, "L");
        result.values = toVector(values);
        for (const torch::Tensor& column : vectors.unbind(1))
            result.vectors.push_back(toVector(column));
    });
    return result;
}

} // namespace bitloom
