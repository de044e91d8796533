// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/message_details.h"

#include <QFrame>
#include <QKeyEvent>
#include <QLabel>
#include <QScreen>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kDetailsMargin = 9;

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
        label->setMargin(kDetailsMargin);
        label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
        auto* area = new QScrollArea(this);
        area->setWidget(label);
        area->setWidgetResizable(true);
        area->setFrameShape(QFrame::NoFrame);
        area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        area->setFocusPolicy(Qt::NoFocus);
        auto* layout = new QVBoxLayout(this);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->addWidget(area);
        place(*bar, *label);
        label->setFocus(Qt::PopupFocusReason);
    }

private:
    /// Below the bar, as high as its text or as the screen allows; then it scrolls.
    void place(const QWidget& bar, const QLabel& label)
    {
        const QRect screen = bar.screen()->availableGeometry();
        const QPoint at = bar.mapToGlobal(QPoint(0, bar.height()));
        const int width =
            std::min(std::max(bar.width(), fontMetrics().averageCharWidth() * 40), screen.width());
        const int wanted = label.heightForWidth(width - 2 * frameWidth()) + 2 * frameWidth();
        const int height = std::min(wanted, screen.height());
        setFixedSize(width, height);
        move(std::clamp(at.x(), screen.left(), screen.right() + 1 - width),
             std::clamp(at.y(), screen.top(), screen.bottom() + 1 - height));
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
