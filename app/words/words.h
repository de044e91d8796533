// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/session/slot_error.h"
#include "core/workbench/settings/engine_use.h"
#include "core/workbench/settings/evaluation.h"
#include "core/workbench/settings/prediction.h"
#include "core/workbench/settings/texts.h"

#include <QCoreApplication>
#include <QString>

#include <cstdint>

namespace bitloom {

inline constexpr double kMebibyte = 1024.0 * 1024.0; ///< bytes

/// Numbers and sentences as people read them; one place, so that every panel says them alike.
struct Words {
    Q_DECLARE_TR_FUNCTIONS(Words)

public:
    /// "512 bytes", "812.00 KiB", "7.01 MiB", "1.98 GiB".
    static QString bytes(qint64 count);
    /// More or fewer: "+812.00 KiB", "−512 bytes", "0 bytes".
    static QString moreBytes(qint64 difference);
    /// "4.49".
    static QString bits(double bitsPerWeight);
    /// "1,835,008", in the locale's grouping.
    static QString count(qint64 number);
    /// "2.1 %".
    static QString percent(double share);
    /// "94.1 ± 0.5 %": both to the same decimals, at least one digit of the error.
    static QString percentWithError(double share, double error);
    /// A divergence: "0.00593", "0.0000021".
    static QString nats(double value);
    /// What the damage of a choice is, by what the network is asked for: "KL", "1 − cosine".
    static QString quantity(OutputKind output);
    /// With its unit: "KL, nats per token".
    static QString quantityTitle(OutputKind output);
    /// "0.0059 nats per token".
    static QString withUnit(OutputKind output, const QString& figure);
    /// A correlation or the like, about 1 at most: "0.981".
    static QString coefficient(double value);
    /// "−0.03120": four significant digits.
    static QString number(double value);
    /// An error's text as a sentence: "[gguf] tensor x is short" → "Tensor x is short."
    static QString sentence(std::string_view error);
    /// How long something will still take: "about 40 s left", "about 3 min left".
    static QString timeLeft(qint64 seconds);
    /// An engine as people know it: "Vulkan", "Torch (CPU)".
    static QString engine(const EngineUse& used);
    /// The same with what it runs on: "Vulkan: llvmpipe (LLVM 15.0.6), 4.1 MiB of weights".
    static QString device(const EngineUse& used);
    /// What a text is cut into: "160 windows of 128 tokens of calibration.txt". Not for the GUI
    /// thread.
    static QString examples(const Model& model, const CalibrationSettings& text);
    /// "q4_k", or "as stored".
    static QString scheme(const std::string& id);
    /// A table's texts, which are views.
    static QString fromView(std::string_view text);
    /// What people call the model at a path that is not open.
    static QString modelTitle(const QString& path);
    /// A path as people write it: file name of files, last folder of folders, "sample".
    static QString fileTitle(const QString& path);
};

} // namespace bitloom
