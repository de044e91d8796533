// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"
#include "core/storage/plain_scheme.h"
#include "tests/core/random_weights.h"

#include <cstring>

namespace bitloom {

/// "File" contents that live in memory.
class MemoryFile : public MappedFile {
public:
    explicit MemoryFile(std::vector<std::byte> contents)
        : m_contents(std::move(contents))
    {
        m_path = "memory";
        m_bytes = m_contents;
    }
    void check() const override {}

private:
    std::vector<std::byte> m_contents;
};

inline void addTensor(Model& model, const std::string& name, Shape shape, const Matrix& values,
                      const std::string& scheme, bool quantizable)
{
    const PlainScheme& stored = *schemeNamed(scheme).plain();
    std::vector<std::byte> bytes(
        static_cast<size_t>(stored.slotBytes(values.rows, values.columns)));
    stored.encodePlain(values.values, bytes);
    StoredTensor tensor;
    tensor.name = name + ".weight";
    tensor.shape = std::move(shape);
    tensor.type = scheme;
    tensor.scheme = &stored;
    tensor.file = std::make_shared<MemoryFile>(std::move(bytes));
    tensor.bytes = tensor.file->bytes();
    model.checkpoint.tensors.push_back(std::move(tensor));
    Slot slot;
    slot.name = name;
    slot.tensor = name + ".weight";
    slot.rows = values.rows;
    slot.columns = values.columns;
    slot.quantizable = quantizable;
    model.graph.slots.push_back(slot);
}

/// Four slots: rows of 256, of 172 and of 96 that can be quantized, and a vector that cannot.
inline std::shared_ptr<Model> handModel()
{
    auto model = std::make_shared<Model>();
    model->name = "hand";
    model->identity = "0123";
    addTensor(*model, "embedding", {40, 256}, gaussianMatrix(40, 256, 1), "f32", true);
    addTensor(*model, "layers.0.up", {256, 172}, gaussianMatrix(256, 172, 2), "bf16", true);
    addTensor(*model, "layers.0.down", {172, 96}, heavyMatrix(172, 96, 3), "f16", true);
    addTensor(*model, "norm", {256}, gaussianMatrix(1, 256, 4), "bf16", false);
    return model;
}

inline std::vector<std::byte> bytesOf(const PackedTensor& packed)
{
    return {packed.bytes.begin(), packed.bytes.end()};
}

} // namespace bitloom
