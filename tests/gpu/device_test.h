// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/device/validation.h"
#include "gpu/run/vulkan_engine.h"
#include "tests/gpu/encoded_weights.h" // before Qt, whose `slots` is a macro

#include <QtTest/QtTest>

/// First line of a test that needs a Vulkan device.
#define BITLOOM_REQUIRE_VULKAN()                                                                   \
    if (bitloom::vulkanDevices().empty())                                                          \
    QSKIP("no Vulkan device on this machine")

/// Last check of a test program: the validation layer had nothing to say.
#define BITLOOM_REQUIRE_VALID_USE()                                                                \
    if (!bitloom::validationAvailable())                                                           \
        QSKIP("the Vulkan validation layer is not installed");                                     \
    QCOMPARE(bitloom::validationMessages(), int64_t{0})
