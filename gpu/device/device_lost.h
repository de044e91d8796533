// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

namespace bitloom {

/// The device went away (driver reset, unplugged): the same work can go on in another engine.
class DeviceLost : public Error {
public:
    using Error::Error;
};

} // namespace bitloom
