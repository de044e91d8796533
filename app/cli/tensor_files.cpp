// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/tensor_files.h"

#include "core/base/error.h"
#include "core/files/formats/checkpoint.h"
#include "core/files/formats/writers.h"
#include "core/network/model/finite_weights.h"

#include <cstring>

namespace bitloom {

namespace {

PackedTensor asFloats(const Matrix& rows)
{
    std::span<std::byte> bytes;
    PackedTensor packed =
        PackedTensor::allocate(schemeNamed("f32"), rows.rows, rows.columns, bytes);
    std::memcpy(bytes.data(), rows.values.data(), bytes.size());
    return packed;
}

} // namespace

std::vector<NamedMatrix> readTensors(const std::string& path)
{
    const Checkpoint file = openCheckpoint(path);
    std::vector<NamedMatrix> tensors;
    for (const StoredTensor& tensor : file.tensors) {
        if (!tensor.scheme)
            throw Error("evaluate", "tensor " + tensor.name + " in " + path + " is stored as " +
                                        tensor.type + ", which are no numbers to feed");
        Progress silent;
        if (const auto bad = firstBadWeight(tensor, silent))
            throw Error("evaluate", bad->text() + " in " + path);
        tensors.push_back({tensor.name, tensor.read(), tensor.shape.size() == 1});
    }
    file.check();
    return tensors;
}

void writeTensors(const OutputFile& file, const std::vector<NamedMatrix>& tensors)
{
    std::vector<TensorToWrite> out;
    for (const NamedMatrix& tensor : tensors) {
        const Shape shape = tensor.vector ? Shape{tensor.rows.columns}
                                          : Shape{tensor.rows.rows, tensor.rows.columns};
        out.push_back({tensor.name, shape, "f32", [&tensor] { return asFloats(tensor.rows); }});
    }
    Progress unwatched;
    writeSafetensors(file, out, {}, unwatched);
}

} // namespace bitloom
