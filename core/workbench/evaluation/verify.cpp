// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/evaluation/verify.h"

#include "core/base/error.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace bitloom {
namespace {

/// Weights compared at a time.
constexpr int64_t kComparedAtOnce = int64_t{1} << 20;

/// File row that holds each slot row.
std::vector<int32_t> fileRows(const ExpectedTensor& tensor, int64_t rows)
{
    std::vector<int32_t> inverse(static_cast<size_t>(rows));
    std::iota(inverse.begin(), inverse.end(), 0);
    for (size_t fileRow = 0; fileRow < tensor.rowOrder.size(); ++fileRow)
        inverse[static_cast<size_t>(tensor.rowOrder[fileRow])] = static_cast<int32_t>(fileRow);
    return inverse;
}

Matrix writtenRows(const StoredTensor& written, const std::vector<int32_t>& order, int64_t first,
                   int64_t count, bool ordered)
{
    if (!ordered)
        return written.readRows(first, count);
    Matrix rows(count, written.columns());
    for (int64_t r = 0; r < count; ++r) {
        const Matrix one = written.readRows(order[static_cast<size_t>(first + r)], 1);
        std::copy(one.values.begin(), one.values.end(), rows.row(r).begin());
    }
    return rows;
}

void verifyTensor(const TransformedModel& model, const StoredTensor& written,
                  const ExpectedTensor& tensor, const Progress& progress)
{
    const Slot& slot = model.graph().slot(tensor.slot);
    if (written.rows() != slot.rows || written.columns() != slot.columns || !written.scheme)
        throw Error("export", "tensor " + tensor.name + " came back with another shape or type");
    const std::vector<int32_t> order = fileRows(tensor, slot.rows);
    const int64_t step = std::max<int64_t>(1, kComparedAtOnce / slot.columns);
    for (int64_t first = 0; first < slot.rows && !progress.stopRequested(); first += step) {
        const int64_t count = std::min(step, slot.rows - first);
        const Matrix expected =
            model.encodeRows(tensor.slot, tensor.encoding, first, count).decode();
        const Matrix rows = writtenRows(written, order, first, count, !tensor.rowOrder.empty());
        for (int64_t r = 0; r < count; ++r)
            if (std::memcmp(expected.row(r).data(), rows.row(r).data(),
                            expected.row(r).size_bytes()) != 0)
                throw Error("export", "row " + std::to_string(first + r) + " of tensor " +
                                          tensor.name + " came back different from the window's");
    }
}

void verifyCopy(const StoredTensor& written, const StoredTensor& original)
{
    if (written.type != original.type || written.shape != original.shape)
        throw Error("export", "tensor " + original.name + " came back with another shape or type");
    if (!std::equal(written.bytes.begin(), written.bytes.end(), original.bytes.begin(),
                    original.bytes.end()))
        throw Error("export", "tensor " + original.name + " came back different from the original");
    written.file->check();
    original.file->check();
}

} // namespace

int64_t verifyTensors(const TransformedModel& model, const std::string& writtenPath,
                      const std::vector<ExpectedTensor>& tensors, Progress& progress)
{
    const Checkpoint written = openCheckpoint(writtenPath);
    int64_t done = 0;
    for (const ExpectedTensor& tensor : tensors) {
        const StoredTensor* stored = written.find(tensor.name);
        if (!stored)
            throw Error("export", "tensor " + tensor.name + " is missing from the written file");
        if (tensor.copied)
            verifyCopy(*stored, *tensor.copied);
        else
            verifyTensor(model, viewed(*stored, tensor.view), tensor, progress);
        if (progress.stopRequested())
            return done;
        ++done;
        progress.report(static_cast<double>(done) / static_cast<double>(tensors.size()),
                        "verifying " + tensor.name);
    }
    return done;
}

} // namespace bitloom
