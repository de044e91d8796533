// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QWidget;

namespace bitloom {

/// Shows messages in full below the bar, to read and to copy; Esc or a click elsewhere closes it.
void showMessageDetails(const QString& text, QWidget* bar);

} // namespace bitloom
