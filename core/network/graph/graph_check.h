// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"

namespace bitloom {

/// Throws Error unless every step names a known operation, takes values computed before it, fits
/// the widths of its inputs, slots and states, and gives the width its output declares; and unless
/// slot uses list exactly the steps that read them (programs counted through).
void checkGraph(const Graph& graph);

/// Fills in Slot::uses from the programs' steps.
void fillUses(Graph& graph);

} // namespace bitloom
