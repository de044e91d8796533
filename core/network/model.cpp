// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model.h"

#include "core/error.h"

namespace bitloom {

const StoredTensor& Model::tensorOf(const Slot& slot) const
{
    const StoredTensor* tensor = checkpoint.find(slot.tensor);
    if (!tensor)
        throw Error("open", "tensor " + slot.tensor + " is missing from " + checkpoint.path);
    return *tensor;
}

} // namespace bitloom
