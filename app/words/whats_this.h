// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace bitloom {

/// Gives every figure of the window (plots, tables, panels, bars, the status line) the sentences
/// that "What is this?" says of it. What has none of its own answers with those of its panel.
void explainFigures(QWidget& window);

} // namespace bitloom
