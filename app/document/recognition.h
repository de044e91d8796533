// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/session.h"

namespace bitloom {

/// Reads every model that is opened once, while nobody waits for it, so that what was measured of
/// it before is at hand when it is asked for (OpenedModel::recognise).
void recogniseWhenOpened(Session& session);

} // namespace bitloom
