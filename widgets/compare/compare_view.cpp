// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/compare_view.h"

namespace bitloom {

CompareView::CompareView(QWidget* parent)
    : QWidget(parent)
{
}

} // namespace bitloom
