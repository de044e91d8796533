// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/model.h"

#include "core/base/error.h"

namespace bitloom {

StoredTensor viewed(const StoredTensor& stored, const View& view)
{
    const Shape shape = shownShape(stored.name, stored.shape, view);
    const StoredTensor one = view.entry >= 0 ? stored.entry(view.entry) : stored;
    StoredTensor turned = view.transposed ? one.transposed() : one;
    if (!view.choosesRows())
        return turned;
    if (view.isStretch())
        return turned.part(view.first, view.count);
    std::vector<int32_t> rows = view.rows;
    for (int64_t r = 0; r < shape.front() && view.rows.empty(); ++r)
        rows.push_back(static_cast<int32_t>(view.row(r)));
    return turned.listed(rows);
}

bool canBeViewed(const StoredTensor& stored, const View& view)
{
    const bool byNumbers = view.transposed || (!view.isStretch() && stored.shape.size() == 1);
    return !byNumbers || (stored.scheme && stored.scheme->isPlain());
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
