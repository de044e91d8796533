// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace bitloom {

void showFirstSteps(QWidget* window);
/// Schemes, methods and figures, from their tables.
void showMethods(QWidget* window);
void showAbout(QWidget* window);

} // namespace bitloom
