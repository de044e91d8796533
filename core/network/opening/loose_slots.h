// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"

namespace bitloom {

/// Slots for every tensor of the checkpoint, when nobody knows what they are for.
Graph looseSlots(const Model& model);
/// Appends slots for the tensors that the network has no place for.
void addUnusedSlots(Model& model);

} // namespace bitloom
