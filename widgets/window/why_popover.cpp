// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/why_popover.h"

#include "widgets/base/compare_table.h"
#include "widgets/base/wrapped_label.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QScreen>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

QLabel* makeLabel(const QString& name, QWidget* parent)
{
    auto* label = new WrappedLabel(parent);
    label->setObjectName(name);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setFocusPolicy(Qt::NoFocus);
    return label;
}

} // namespace

WhyPopover::WhyPopover(QWidget* parent)
    : QFrame(parent, Qt::Popup)
    , m_title(makeLabel(QStringLiteral("whyTitle"), this))
    , m_reason(makeLabel(QStringLiteral("whyReason"), this))
    , m_steps(new CompareTable(QStringLiteral("whySteps"), tr("What a step would trade"), {}, this))
    , m_note(makeLabel(QStringLiteral("whyNote"), this))
{
    setObjectName(QStringLiteral("whyPopover"));
    setAccessibleName(tr("Why this choice"));
    setFrameShape(QFrame::StyledPanel);
    setFocusPolicy(Qt::StrongFocus);
    QFont bold = font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_steps->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_steps->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_steps->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    for (QWidget* part : {static_cast<QWidget*>(m_title), static_cast<QWidget*>(m_reason),
                          static_cast<QWidget*>(m_steps), static_cast<QWidget*>(m_note)})
        layout->addWidget(part);
}

void WhyPopover::explain(const WhyText& why)
{
    m_title->setText(why.title);
    m_reason->setText(why.reason);
    m_note->setText(why.note);
    m_note->setVisible(!why.note.isEmpty());
    m_steps->setVisible(!why.steps.isEmpty());
    m_steps->setColumnCount(static_cast<int>(why.header.size()));
    m_steps->setHorizontalHeaderLabels(why.header);
    m_steps->setRowCount(static_cast<int>(why.steps.size()));
    for (int row = 0; row < m_steps->rowCount(); ++row)
        for (int column = 0; column < why.steps[row].size(); ++column)
            m_steps->put(row, column, why.steps[row][column], column > 1);
    setAccessibleDescription(why.title + QStringLiteral(": ") + why.reason);
}

void WhyPopover::popUp(const QPoint& globalPosition)
{
    ensurePolished();
    m_steps->ensurePolished();
    m_steps->resizeRowsToContents();
    m_steps->horizontalHeader()->resizeSections(QHeaderView::ResizeToContents);
    m_steps->setFixedHeight(m_steps->horizontalHeader()->sizeHint().height() +
                            m_steps->verticalHeader()->length() + 2 * m_steps->frameWidth());
    const int columns = m_steps->horizontalHeader()->length() + 2 * m_steps->frameWidth();
    const QMargins margins = layout()->contentsMargins() + QMargins(4, 4, 4, 4);
    const int least = fontMetrics().averageCharWidth() * 56;
    resize(std::max(least, columns + margins.left() + margins.right()), 0);
    resize(width(), layout()->heightForWidth(width()));
    const QRect room = screen()->availableGeometry();
    move(
        std::clamp(globalPosition.x(), room.left(), std::max(room.left(), room.right() - width())),
        std::clamp(globalPosition.y(), room.top(), std::max(room.top(), room.bottom() - height())));
    show();
    if (m_steps->rowCount() > 0) {
        m_steps->setFocus(Qt::PopupFocusReason);
        m_steps->setCurrentCell(0, 0);
    } else {
        setFocus(Qt::PopupFocusReason);
    }
}

void WhyPopover::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape)
        close();
    else
        QFrame::keyPressEvent(event);
}

} // namespace bitloom
