// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/message_details.h"

#include <QFrame>
#include <QKeyEvent>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

class MessageDetails : public QFrame {
public:
    MessageDetails(const QString& text, QWidget* bar)
        : QFrame(bar, Qt::Popup)
    {
        setObjectName(QStringLiteral("messageDetails"));
        setAttribute(Qt::WA_DeleteOnClose);
        setFrameShape(QFrame::StyledPanel);
        auto* label = new QLabel(text, this);
        label->setObjectName(QStringLiteral("messageDetailsText"));
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        auto* layout = new QVBoxLayout(this);
        layout->addWidget(label);
        setFixedWidth(std::max(bar->width(), fontMetrics().averageCharWidth() * 40));
        setFixedHeight(layout->heightForWidth(width()));
        move(bar->mapToGlobal(QPoint(0, bar->height())));
        label->setFocus(Qt::PopupFocusReason);
    }

protected:
    void keyPressEvent(QKeyEvent* event) override
    {
        if (event->key() == Qt::Key_Escape)
            close();
        else
            QFrame::keyPressEvent(event);
    }
};

} // namespace

void showMessageDetails(const QString& text, QWidget* bar)
{
    (new MessageDetails(text, bar))->show();
}

} // namespace bitloom
