package identity

// pinyinWords are names, words and numbers that people in China build passwords of, the most used first.
const pinyinWords = `
520 1314 5201314 1314520 woaini aini 888 666 168 518 521 999 woaini1314 woaini520 mima wodemima woaiwo woaiwojia laopo laogong baobei
2020 2021 2022 2023 2024 2025 2026 2027 2028 2029 2030 2031 2032 2033 2034 2035 2036 2037 2038 2039
7758521 7758258 584520 584521 5845201314 1314521 9958 3344520 147258369 5211314 8888 6666 8888888 6666666 1688 16888 5188 admin888
iloveu iloveyou love nihao mimashi mima123 zhanghao denglu yonghu guanliyuan gongsi kaoqin daka dakaji shangban xiaban gongzi laoban
zhongguo beijing shanghai guangzhou shenzhen tianjin chongqing chengdu wuhan nanjing hangzhou suzhou xian changsha zhengzhou qingdao
dalian shenyang xiamen fuzhou ningbo wuxi foshan dongguan hefei jinan kunming harbin changchun taiyuan guiyang nanning hainan henan
hebei hubei hunan shandong shanxi guangdong guangxi sichuan yunnan zhejiang jiangsu anhui fujian jiangxi guizhou xinjiang xizang
taobao tianmao alipay zhifubao weixin wechat qqqq tencent tengxun baidu weibo douyin jingdong huawei xiaomi dingding dingtalk feishu
yongyuan yongheng kuaile xingfu facai gongxifacai fugui jiayou shengri chuntian xiatian qiutian dongtian xinnian xinniankuaile wangyi
pengyou qinaide baba mama gege jiejie didi meimei erzi nver haizi airen nvshen nanshen meinv shuaige tianshi gongzhu wangzi xiaozi
xiaoyu xiaoming xiaohong xiaolong xiaofeng xiaohui xiaoli xiaojun xiaoyan xiaoxue xiaobao xiaohai xiaogang xiaoping xiaobai xiaohei
zhangwei wangwei wangfang liwei lina zhangmin lijing wangjing liuwei wangxiuying zhangli lixiuying wangli zhangjing zhangxiuying liqiang
wangmin limin wanglei liuyang wangyan wangyong lijun zhangyong lijie zhangjie zhanglei wangqiang lijuan wangjun zhangyan zhangtao wangtao
liyan wangchao liming liyong wangjuan liujie liumin lixia lili zhangjun wangjie zhangqiang wangxiulan zhangsan lisi wangwu zhaoliu
wei fang na min jing li xiuying qiang lei yang yan yong jun jie juan tao chao ming xia ping gang hui bin bo cheng chen dan dong fei feng
guo hai hao hong hua jia jian jiang jin kai lan liang lin ling long mei nan ning peng qi qing rong rui shan sheng shuai song ting wen
xiang xin xing xu xue ya yi ying yu yuan yue yun ze zhen zheng zhi zhong zi
wang zhang liu zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song zheng xie han tang feng yu dong xiao cheng cao yuan deng
fu shen zeng peng lv su lu jiang cai jia ding wei xue ye yan pan du dai xia zhong tian ren fan fang shi yao tan liao zou xiong jin hao
kong bai cui kang mao qiu qin gu hou shao meng wan duan lei qian yin li chang wuyong qiao he lai gong wen
wo ni ta de shi bu le zai you ren zhe ge shang men lai dao shuo yao jiu chu ye hui ke neng dui xia guo zi hou zhi di nian de cong fa
qian suo tian xian mei kan qi hai jin kai da hao er san si wu liu ba jiu shi bai wan yi ai xin qing tai yang yue xing shui huo mu tu
shan chuan feng yu xue hua cao niu hu tu long she ma yang hou ji gou zhu shu mao gui chun qiu dong nan xi bei zhong guo jia
`

// hanziWords are words and verses in characters, the most used first.
const hanziWords = `
我爱你 爱你 密码 我的密码 一生一世 永远爱你 永远 我爱我家 老婆 老公 宝贝 一生 一世 生日快乐 快乐 新年快乐 恭喜发财 发财 中国 我爱中国
北京 上海 广州 深圳 打卡 考勤 公司 上班 下班 管理员 你好 我是谁 天天向上 好好学习 一帆风顺 万事如意 心想事成 身体健康 工作顺利
一二三四五六七八九十 一二三四五六七八九 一二三四五 六七八九十 床前明月光 疑是地上霜 举头望明月 低头思故乡 春眠不觉晓 处处闻啼鸟
夜来风雨声 花落知多少 白日依山尽 黄河入海流 欲穷千里目 更上一层楼 锄禾日当午 汗滴禾下土 谁知盘中餐 粒粒皆辛苦 红豆生南国 春来发几枝
海内存知己 天涯若比邻 人之初性本善 人之初 性本善 天下第一 为人民服务 中华人民共和国 人民 世界 和平 爸爸 妈妈 儿子 女儿 朋友 亲爱的
`
