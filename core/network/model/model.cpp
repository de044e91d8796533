// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/model.h"

#include "core/base/error.h"

namespace bitloom {

StoredTensor viewed(const StoredTensor& stored, const View& view)
{
    const StoredTensor turned = view.transposed ? stored.transposed() : stored;
    return view.count > 0 ? turned.part(view.first, view.count) : turned;
}

StoredTensor Model::tensorOf(const Slot& slot) const
{
    return viewed(storedOf(slot), slot.view);
}

const StoredTensor& Model::storedOf(const Slot& slot) const
{
    const StoredTensor* tensor = checkpoint.find(slot.tensor);
    if (!tensor)
        throw Error("open", "tensor " + slot.tensor + " is missing from " + checkpoint.path);
    return *tensor;
}

bool Model::canRead(int slot) const
{
    const Slot& place = graph.slots.at(static_cast<size_t>(slot));
    return storedOf(place).scheme && place.weights() > 0;
}

} // namespace bitloom
