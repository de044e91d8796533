// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/scrolling_layout.h"

#include <QScrollArea>
#include <QVBoxLayout>

namespace bitloom {

namespace {

/// A scroll area asks its content how high it wants to be; this one answers how low it can be.
class ScrolledContent : public QWidget {
public:
    int heightForWidth(int width) const override
    {
        return layout() ? layout()->totalMinimumHeightForWidth(width) : -1;
    }
};

} // namespace

QVBoxLayout* scrollingLayout(QWidget* panel)
{
    auto* content = new ScrolledContent;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(4, 4, 4, 4);
    column->setSpacing(4);
    auto* area = new QScrollArea(panel);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setFocusPolicy(Qt::NoFocus);
    area->setWidget(content);
    // The panel's own colour, not that of lists.
    area->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    auto* around = new QVBoxLayout(panel);
    around->setContentsMargins(0, 0, 0, 0);
    around->addWidget(area);
    return column;
}

} // namespace bitloom
