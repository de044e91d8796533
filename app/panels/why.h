// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

namespace bitloom {

struct WhyText;

/// Why a layer has what it has, and what one step more or less of it would trade.
WhyText whyOf(const ApplicationContext& context, int slot);

/// Opens the reason of the current layer below its row in the tree, or below the middle of `window`
/// where the tree does not show it.
void explainCurrent(ApplicationContext& context, QWidget* window);

} // namespace bitloom
