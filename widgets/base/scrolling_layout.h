// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QVBoxLayout;
class QWidget;

namespace bitloom {

/// A column for the content of a panel that scrolls where the panel is lower than its content can
/// be: first the content shrinks to its minimum, then a scroll bar comes. The panel itself hardly
/// has a minimum, so that many of them fit on a small screen.
QVBoxLayout* scrollingLayout(QWidget* panel);

} // namespace bitloom
